import streamlit as st

st.title("weights")
