import streamlit as st

st.title("shapes")
